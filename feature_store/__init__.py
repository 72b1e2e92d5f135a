"""The Feast repository over the exported features, and Feast's own command with the project's settings."""
