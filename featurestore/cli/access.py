"""Requests and grants as commands tell them."""

from __future__ import annotations

from typing import Any

from featurestore.cli.words import instant_words
from featurestore.clock import format_instant
from featurestore.governance.words import spell_object
from featurestore.registry.grants import AccessGrant, AccessRequest, Wanted


def request_words(request: AccessRequest) -> str:
    """A request in a line."""
    decided = "" if request.state == "open" else f" by {request.decided_by}"
    because = f" ({request.decision})" if request.decision else ""
    asked = f"asked by {request.asked_by}: {request.wanted.reason}"
    return f"request {request.id}: {_wanted_words(request.wanted)}, {asked}; {request.state}{decided}{because}"


def grant_words(grant: AccessGrant) -> str:
    """A grant in a line."""
    approved = "approved itself" if grant.self_approved else f"approved by {grant.approved_by}"
    ended = f"; revoked by {grant.revoked_by} ({grant.revocation})" if grant.revoked_at is not None else ""
    asked = f"asked by {grant.asked_by}: {grant.wanted.reason}"
    return f"grant {grant.id}: {_wanted_words(grant.wanted)}, {asked}; {approved}{ended}"


def request_document(request: AccessRequest) -> dict[str, Any]:
    """A request for programs."""
    return {
        "request": request.id,
        **_wanted_document(request.wanted),
        "asked_by": request.asked_by,
        "asked_at": format_instant(request.asked_at),
        "state": request.state,
        "decided_by": request.decided_by,
        "decision": request.decision,
    }


def grant_document(grant: AccessGrant) -> dict[str, Any]:
    """A grant for programs."""
    return {
        "grant": grant.id,
        "request": grant.request_id,
        **_wanted_document(grant.wanted),
        "asked_by": grant.asked_by,
        "approved_by": grant.approved_by,
        "self_approved": grant.self_approved,
        "granted_at": format_instant(grant.granted_at),
        "revoked_at": None if grant.revoked_at is None else format_instant(grant.revoked_at),
        "revoked_by": grant.revoked_by,
        "revocation": grant.revocation,
    }


def _wanted_words(wanted: Wanted) -> str:
    until = "" if wanted.expires_at is None else f" until {instant_words(wanted.expires_at)}"
    to = f"{wanted.grantee_kind} {wanted.grantee}" if wanted.grantee_kind != "principal" else wanted.grantee
    return f"{wanted.right} {spell_object(wanted.kind, wanted.name)} for {to}{until}"


def _wanted_document(wanted: Wanted) -> dict[str, Any]:
    return {
        "right": wanted.right,
        "on": spell_object(wanted.kind, wanted.name),
        "to": f"{wanted.grantee_kind}:{wanted.grantee}",
        "reason": wanted.reason,
        "expires_at": None if wanted.expires_at is None else format_instant(wanted.expires_at),
    }
