"""The domain: settings, tables, as-of features, the quantity model and the online lookup."""
