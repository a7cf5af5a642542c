"""What teams declare: YAML to typed, frozen, checked definitions. Names load when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from definitions.columns import FeatureColumn as FeatureColumn
    from definitions.columns import ServiceColumn as ServiceColumn
    from definitions.columns import column_types as column_types
    from definitions.columns import feature_columns as feature_columns
    from definitions.columns import request_columns as request_columns
    from definitions.columns import service_columns as service_columns
    from definitions.diff import Change as Change
    from definitions.diff import diff_repositories as diff_repositories
    from definitions.errors import DefinitionError as DefinitionError
    from definitions.errors import FeatureStoreError as FeatureStoreError
    from definitions.errors import Problem as Problem
    from definitions.expression_error import ExpressionError as ExpressionError
    from definitions.expressions import Expression as Expression
    from definitions.expressions import parse_expression as parse_expression
    from definitions.fingerprint import column_fingerprint as column_fingerprint
    from definitions.fingerprint import entity_fingerprint as entity_fingerprint
    from definitions.fingerprint import service_fingerprint as service_fingerprint
    from definitions.fingerprint import source_fingerprint as source_fingerprint
    from definitions.fingerprint import view_fingerprint as view_fingerprint
    from definitions.load import load_repository as load_repository
    from definitions.loaded import LoadedRepository as LoadedRepository
    from definitions.model import Entity as Entity
    from definitions.model import FeatureService as FeatureService
    from definitions.model import FeatureView as FeatureView
    from definitions.model import Repository as Repository
    from definitions.model import Source as Source
    from definitions.schema import build_json_schema as build_json_schema

_HOMES = {
    "columns": ("FeatureColumn", "ServiceColumn", "column_types", "feature_columns", "request_columns",
                "service_columns"),
    "diff": ("Change", "diff_repositories"),
    "errors": ("DefinitionError", "FeatureStoreError", "Problem"),
    "expressions": ("Expression", "ExpressionError", "parse_expression"),
    "fingerprint": ("column_fingerprint", "entity_fingerprint", "service_fingerprint", "source_fingerprint",
                    "view_fingerprint"),
    "load": ("load_repository",),
    "loaded": ("LoadedRepository",),
    "model": ("Entity", "FeatureService", "FeatureView", "Repository", "Source"),
    "schema": ("build_json_schema",),
}  # fmt: skip
_MODULES = {name: f"definitions.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'definitions' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(_MODULES)
