"""The domain: settings, tables, as-of features, the quantity model and the online lookup."""

import os

# scikit-learn's trees synchronize their OpenMP threads thousands of times a fit. By default a thread that waits
# spins, and on a machine that does anything else it spins away the time the others need: fitting took two to
# three times as long. It has to be said before OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
