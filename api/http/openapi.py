"""The OpenAPI document, and the app that serves it with its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from api.http.documentation_pages import OPENAPI, add_documentation_pages
from api.http.json_documents import JsonResponse
from api.http.readable_route import ReadableRoute
from api.http.root_path import VARY, public_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from starlette.requests import Request
    from starlette.responses import Response

TITLE = "Order quantity"
DESCRIPTION = (
    "How many cases will this store order of this product on this date, given that it orders it? "
    "`POST /quantity/predict` answers for up to thousands of pairs of store and product at once: "
    "with `quantity` for planning, and `typical` for pre-filling a cart."
)
TAGS = [
    {"name": "quantity", "description": "Predictions, and the model behind them."},
    {"name": "operation", "description": "Health and metrics."},
]

SCHEMAS = "#/components/schemas/{model}"


class DocumentedApi(FastAPI):
    """FastAPI, with the schemas of bodies that endpoints read themselves.

    Args:
        schemas: by name in the document, the models of these bodies.
        options: FastAPI's own.
    """

    def __init__(self, schemas: Mapping[str, type[BaseModel]], **options: Any) -> None:
        super().__init__(
            title=TITLE,
            description=DESCRIPTION,
            openapi_tags=TAGS,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            # Names of functions in generated clients.
            generate_unique_id_function=lambda route: route.name,
            # Metrics are Prometheus's: FastAPI would look for other settings at each request.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            **options,
        )
        self.router.route_class = ReadableRoute
        self.add_route(OPENAPI, self._document, include_in_schema=False)
        add_documentation_pages(self)
        self._schemas = schemas

    def openapi(self) -> dict[str, Any]:
        """The document, made at the first call."""
        if self.openapi_schema is None:
            schemas = super().openapi()["components"]["schemas"]
            for name, model in self._schemas.items():
                body = model.model_json_schema(ref_template=SCHEMAS)
                schemas.update(body.pop("$defs", {}))
                schemas[name] = body
        return super().openapi()

    async def _document(self, request: Request) -> Response:
        prefix = public_prefix(request)
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return JsonResponse(self.openapi() | servers, headers=VARY)
