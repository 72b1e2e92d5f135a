"""The project's own lookup of features beside Feast's."""
