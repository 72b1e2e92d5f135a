"""The model behind BentoML, in an environment of its own."""
