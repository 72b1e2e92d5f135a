"""The edge: server, guards, errors, request log, OpenAPI document. It knows no model and no snapshot."""
