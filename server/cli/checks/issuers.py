"""Check of OpenID Connect issuers: they can be reached, and their keys can be used."""

from server.cli.checks.result import CheckResult, failed, ok
from server.config.settings import Settings
from server.issuer_client import build_id_token_verifier
from services.people.oidc.key_cache import CacheStatus


async def check_issuers(settings: Settings) -> list[CheckResult]:
    """Fetch the keys of all issuers, as the server does."""
    verifier = build_id_token_verifier(settings)
    try:
        keys = [_describe(status) for status in await verifier.load_all()]
        return [*keys, *(_describe_console(*each) for each in await verifier.console_clients.load_all())]
    finally:
        await verifier.close()


def _describe_console(issuer: str, error: str | None) -> CheckResult:
    if error is None:
        return ok(f"issuer: {issuer} can be offered by the console")
    return failed(f"issuer: {issuer} cannot be offered by the console. {error}", "correct OIDC_ISSUERS, or the network")


def _describe(status: CacheStatus) -> CheckResult:
    if status.error is None:
        return ok(f"issuer: {status.issuer} has {status.keys} key{'' if status.keys == 1 else 's'} for ID tokens")
    remedy = "correct OIDC_ISSUERS, or the network; OIDC_ALLOW_PRIVATE permits issuers in private networks"
    return failed(f"issuer: {status.issuer} cannot be used, so no one can sign in with it. {status.error}", remedy)
