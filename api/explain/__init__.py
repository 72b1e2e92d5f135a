"""Why a prediction is what it is: it knows the trees, and what reads them runs in a process of its own."""
