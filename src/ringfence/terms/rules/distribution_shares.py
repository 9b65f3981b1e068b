"""The shares of one distribution step add up to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, share, silos

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_distribution_shares(deal: Deal) -> list[Finding]:
    """Refuse shares that do not add up to 100%, and holders with a share beside holders without one."""
    found: dict[tuple[str, ...], Finding] = {}
    for silo in silos(deal):
        steps = [tuple(s.distribute) for _, s in silo.steps if s.distribute] or [tuple(silo.equity)]
        for holders in steps:
            mine = tuple(x for x in holders if x in silo.equity)
            if mine not in found and (told := _wrong(deal, silo, mine)):
                found[mine] = told
    return list(found.values())


def _wrong(deal: Deal, silo: Silo, holders: tuple[str, ...]) -> Finding | None:
    shares = {x: silo.equity[x].share for x in holders}
    stated = {x: value for x, value in shares.items() if value is not None}
    if not stated or len(holders) < 2:
        return None
    where = [deal.where(f"contracts.{x}.share") for x in holders]
    if len(stated) < len(shares):
        open_ = [x for x in holders if x not in stated]
        message = f"{silo.key} distributes to {len(stated)} by share ({', '.join(stated)})"
        message += f" and to {len(open_)} by capital paid in ({', '.join(open_)})."
        fix = "give every holder of the step a share, or none"
        return finding("distribution-shares", message, where=where, fix=fix)
    whole = sum(stated.values())
    if abs(whole - 1) <= 1e-6:
        return None
    message = (
        f"{silo.key} distributes by shares of {' + '.join(map(share, stated.values()))} = {share(whole)}, not 100%."
    )
    return finding("distribution-shares", message, where=where, fix="make the shares add up to 100%")
