"""How models and snapshots get into memory: the loader program, the local copy, following it. It knows no HTTP."""
