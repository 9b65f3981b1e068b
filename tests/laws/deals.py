"""Random deals: a number in, a deal file out.

``random_deal(seed)`` draws one plain mapping, written by :func:`deal_text` as a deal file the reader takes. Nothing in
it is tuned to come out well: cover may be short, power late, a sale poor. What is tuned is size. A deal has 8 to 30
periods, and its debt, rent and prices stand in proportion to what its assets cost, so that every limit binds now and
then. The same seed gives the same deal on any machine.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

Plain = dict[str, Any]
AVOID: frozenset[str] = frozenset()
"""What the generator leaves out, because it cannot be built today; each has its reproducer in ``test_gaps.py``."""
STEPS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
TYPES = ("solar", "wind", "storage", "nuclear", "gas", "fusion")


def random_deal(seed: int) -> Plain:
    """Return the deal of a seed, as plain data.

    Parameters
    ----------
    seed
        Any whole number.
    """
    return _Draw(seed).deal()


def deal_text(deal: Plain) -> str:
    """Return a deal as the text of a deal file (JSON, which is YAML)."""
    return json.dumps(deal, indent=1)


def read_random(seed: int) -> Any:
    """Return the deal of a seed, read."""
    from ringfence.terms.deal import Deal
    from ringfence.terms.read import read_text

    return read_text(deal_text(random_deal(seed)), Deal, name=f"deal-{seed}.yaml")


def usd(amount: float) -> str:
    """Write an amount with five digits."""
    return f"{float(f'{amount:.5g}')!r} USD"


def pct(share: float) -> str:
    """Write a share or a rate."""
    return f"{share * 100:.4g}%"


def months(count: float) -> str:
    """Write a tenor."""
    return f"{count:g}m"


class _Draw:
    """One deal in the making: who owns what, what it costs, and the draws still to come."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.r = random.Random(f"ringfence {seed}")
        self.parties: Plain = {
            "sponsor1": {"role": "sponsor"},
            "bank": {"role": "lender"},
            "fund": {"role": "lender"},
            "holder": {"role": "investor"},
            "partner": {"role": "investor"},
            "maker": {"role": "vendor"},
            "grid": {"role": "offtaker"},
            "runner": {"role": "operator"},
        }
        self.assets: Plain = {}
        self.contracts: Plain = {}
        self.curves: Plain = {}
        self.cases: Plain = {}
        self.cost: dict[str, float] = {}
        self.income: dict[str, float] = {}
        self.loans: dict[str, list[str]] = {}
        self.letters: dict[str, list[str]] = {}
        self.leased: set[str] = set()
        self.plug = ""
        self.named: set[str] = set()
        self.paid: dict[str, tuple[float, float]] = {}

    # -- small draws -----------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.r.random() < share

    def between(self, low: float, high: float) -> float:
        return self.r.uniform(low, high)

    @staticmethod
    def avoids(what: str) -> bool:
        return what in AVOID

    def pick(self, *options: Any) -> Any:
        return self.r.choice(options)

    def date(self, month: float) -> str:
        """A first-of-month date so many whole months after close."""
        return _plus(self.close, int(month)).isoformat()

    def when(self, month: float) -> str:
        """A time after close, written as a tenor or as a date."""
        return months(month) if self.chance(0.7) else self.date(month)

    # -- the deal --------------------------------------------------------------------------------------------

    def deal(self) -> Plain:
        self.timeline()
        self.add_curves()
        vehicles = self.vehicles()
        for silo in self.silos:
            self.add_business(*silo)
        for silo in self.silos:
            self.add_finance(*silo)
        self.add_holdings(vehicles)
        for silo in self.silos:
            self.add_waterfall(*silo)
        deal: Plain = {
            "deal": f"random-{self.seed}",
            "timeline": self.line,
            "curves": self.curves,
            "parties": self.parties,
            "assets": self.assets,
            "contracts": self.contracts,
        }
        if self.cases:
            deal["cases"] = self.cases
        if self.plug:
            letters = [c for c in self.contracts.values() if c["type"] == "letter_of_credit"]
            total = 1.4 * sum(self.cost.values()) + sum(float(c["amount"].split()[0]) for c in letters)
            deal["uses"] = {"total": usd(total), "plug": self.plug}
        if self.chance(0.3):
            basis = self.pick("ACT/365F", "30/360", "ACT/360", "ACT/ACT")
            deal["returns"] = {"time_basis": basis, "discount_rate": pct(self.between(0.04, 0.12))}
        if self.leased:
            view: Plain = {"party": "sponsor1", "own_debt_rate": pct(self.between(0.03, 0.1))}
            if self.chance(0.5):
                view["market_rent"] = round(self.between(1.0, 4.0), 2)
            two = len(self.leased) > 1 and self.avoids("two leases to the sponsor")
            if self.chance(0.5) and not two:
                deal["sponsor"] = view
        return deal

    def timeline(self) -> None:
        """Draw the grid. `step` is the longest period, `span` the whole time, both in months."""
        year, month = self.r.randint(2024, 2027), self.r.randint(1, 12)
        self.close = dt.date(year, month, 1)
        kind = self.pick("month", "quarter", "quarter", "half_year", "year", "mixed", "mixed")
        self.line: Plain = {"close": self.close.isoformat()}
        if kind == "mixed":
            first, second = self.pick(("month", "quarter"), ("month", "quarter"), ("quarter", "year"))
            count = self.r.randint(2, 4) * STEPS[second] // STEPS[first]
            rest = self.r.randint(7, 14)
            self.step, self.fine = STEPS[second], STEPS[first]
            self.span = count * STEPS[first] + rest * STEPS[second]
            self.line["segments"] = [{"period": first, "count": count}, {"period": second}]
        else:
            low, high = {"month": (16, 29), "quarter": (9, 24), "half_year": (8, 18), "year": (8, 18)}[kind]
            self.step = self.fine = STEPS[kind]
            self.span = self.r.randint(low, high) * self.step
            self.line["period"] = kind
        self.line["until"] = (_plus(self.close, self.span) - dt.timedelta(days=1)).isoformat()
        if self.chance(0.2):
            self.line["calendar"] = self.pick("USA", "UK", "Japan")
            self.line["business_days"] = self.pick("following", "modified_following", "preceding")

    def add_curves(self) -> None:
        points = {self.date(0): round(self.between(1, 6), 2)}
        for k in range(self.r.randint(0, 3)):
            points[self.date((k + 1) * self.span / 4)] = round(self.between(0, 7), 2)
        self.curves["SOFR"] = {"points": points}
        level = {self.date(0): 1.0, self.date(self.span / 2): round(self.between(0.8, 1.3), 3)}
        self.curves["CPI"] = {"points": level, "unit": "ratio"}
        self.cases["lender"] = {"set": {}}

    def vehicles(self) -> list[str]:
        """Draw one to three vehicles; the first owns shares in the others."""
        count = self.pick(1, 1, 2, 2, 2, 3)
        names = ["spv", "sun_co", "deep_co"][:count]
        self.silos: list[tuple[str, str]] = []
        for name in names:
            party: Plain = {"role": "vehicle"}
            if self.chance(0.4):
                party["form"] = self.pick("gk-tk", "tmk", "delaware-llc", "corporation")
            if self.chance(0.5):
                party["tax"] = self.tax()
            self.parties[name] = party
            if name == "spv" and self.chance(0.35):
                party["businesses"] = {"gpu": {}, "energy": {}}
                self.silos += [(name, "gpu"), (name, "energy")]
            else:
                self.silos.append((name, ""))
        return names

    def tax(self) -> Plain:
        tax: Plain = {"status": self.pick("taxed", "taxed", "owners"), "rate": pct(self.between(0.1, 0.35))}
        method = self.pick("book", "straight_line", "macrs_3", "macrs_5", "macrs_7", "macrs_15", "macrs_20")
        tax["depreciation"] = {"method": method}
        if method == "straight_line":
            tax["depreciation"]["life"] = months(self.r.randint(1, 3) * self.span / 4)
        tax["losses"] = self.pick("carried_forward", "refunded")
        return tax

    def terms_of(self, vehicle: str, business: str) -> Plain:
        """The mapping that holds funding, waterfall and costs of a business."""
        party: Plain = self.parties[vehicle]
        found: Plain = party["businesses"][business] if business else party
        return found

    @staticmethod
    def key(vehicle: str, business: str) -> str:
        return f"{vehicle}.{business}" if business else vehicle

    # -- assets ----------------------------------------------------------------------------------------------

    def add_business(self, vehicle: str, business: str) -> None:
        """Give a business one or two assets with what they earn, and its own terms."""
        terms, key = self.terms_of(vehicle, business), self.key(vehicle, business)
        self.cost[key] = self.income[key] = 0.0
        own: list[str] = []
        wants = ["fleet"] if business == "gpu" or (vehicle == "spv" and not business) else ["plant"]
        if business == "energy" and self.chance(0.5):
            wants = []
        if self.chance(0.2):
            wants.append(self.pick("fleet", "plant"))
        for want in wants:
            cost, income, names = (self.fleet if want == "fleet" else self.plant)(vehicle)
            self.cost[key] += cost
            self.income[key] += income
            own += names
        if business:
            terms["assets"] = own
        whole = self.cost[key] or 1e7
        if self.chance(0.5):
            terms["costs_at_close"] = usd(whole * self.between(0.001, 0.02))
        if self.chance(0.35 if business else 0.2) and own:
            if business and not self.plug and self.chance(0.5):
                terms["contingency"], self.plug = {}, key
            else:
                terms["contingency"] = self.pick({"share": pct(self.between(0.01, 0.1))}, {"amount": usd(whole * 0.03)})
            if self.chance(0.5):
                terms["contingency"]["spent"] = pct(self.between(0.2, 1.0))
        if self.chance(0.3):
            terms["minimum_cash"] = usd(whole * self.between(0.001, 0.02))
        if self.chance(0.3):
            terms["distributions"] = "every_period"
        if self.chance(0.25) and own:
            self.service(vehicle, own[0])
        if self.chance(0.1):
            self.service(vehicle, None)

    def service(self, vehicle: str, asset: str | None) -> None:
        kind = self.pick("services", "management", "hosting")
        payer, payee = (vehicle, "runner") if self.chance(0.8) else ("grid", vehicle)
        term: Plain = {"type": kind, "payer": payer, "payee": payee}
        whole = 1e8
        ways = ["per_month", "per_year"] + (["share_of_cost", "per_power"] if asset else [])
        way = self.pick(*ways)
        term[way] = {
            "per_month": f"{whole * 1e-4:.0f} USD/month",
            "per_year": f"{whole * 2e-3:.0f} USD/y",
            "share_of_cost": pct(self.between(0.001, 0.02)),
            "per_power": f"{self.between(0.1, 3):.2f} USD/kW-month",
        }[way]
        if asset:
            term["asset"] = asset
        if self.chance(0.3):
            term["escalator"] = pct(self.between(0, 0.05))
        if self.chance(0.3):
            term["every"] = months(self.step * self.pick(1, 2))
        if self.chance(0.3):
            term["start"] = self.when(self.r.randint(0, 3) * self.step)
        self.contracts[f"fee_{len(self.contracts)}"] = term

    def fleet(self, vehicle: str) -> tuple[float, float, list[str]]:
        """A GPU fleet, most often with a lease and a data centre; cost and yearly income in USD."""
        r, name = self.r, f"gpus_{len(self.assets)}"
        count, price = r.randint(5, 200) * 100, float(r.randint(20, 60)) * 1000
        fleet: Plain = {
            "type": "gpu_fleet",
            "owner": vehicle,
            "count": count,
            "unit_price": usd(price),
            "power": f"{self.between(0.7, 2.0):.2f} kW",
            "vendor": "maker",
        }
        self.deliveries(fleet, count)
        factor = 1.0
        for adder in ("network", "storage", "spares", "freight"):
            if self.chance(0.2):
                share = round(self.between(0.005, 0.05), 3)
                fleet[adder] = pct(share)
                factor += share
        if self.chance(0.1):
            fleet["network_per_gpu"] = usd(price * 0.02)
        if self.chance(0.3):
            fleet["payments"] = self.milestones()
        for lag in ("lead_time", "installation", "acceptance", "delay"):
            if self.chance(0.2):
                fleet[lag] = self.pick("15d", "1m", "45d", months(self.fine))
        slow = 2 * sum(
            max(1.5, self.fine) for lag in ("lead_time", "installation", "acceptance", "delay") if lag in fleet
        )
        self.paid[name] = self.due[0] + slow / 2, self.due[1] + slow / 2 + ("payments" in fleet)
        if self.chance(0.4):
            fleet["failures"] = {"rate": pct(self.between(0.01, 0.1))}
            if self.chance(0.5):
                fleet["failures"] |= {"replacement": pct(self.between(0, 1)), "downtime": self.pick("7d", "14d", "1m")}
        if self.chance(0.5):
            fleet["availability"] = pct(self.between(0.85, 1.0))
        if self.chance(0.3):
            fleet["load"] = pct(self.between(0.5, 1.0))
        if self.chance(0.5):
            fleet["opex"] = pct(self.between(0.005, 0.03))
            fleet["operator"] = "runner"
        life = round(self.span * self.between(0.5, 1.2))
        fleet["life"] = months(life)
        if self.chance(0.4):
            fleet["book_residual"] = pct(self.between(0, 0.2))
        self.resale(fleet)
        self.assets[name] = fleet
        yearly = 0.0
        if self.chance(0.92):
            yearly = self.lease(vehicle, name, count * price * factor, count)
            self.leased.add(name)
        if self.chance(0.55):
            self.site(vehicle, name, fleet)
        elif self.contracts.get(f"rent_{name}", {}).get("start") == "powered":
            self.contracts[f"rent_{name}"].setdefault("long_stop", self.date(self.step * 3))
        return count * price * factor, yearly, [name]

    def deliveries(self, fleet: Plain, count: int) -> None:
        start = self.pick(0, 0, 1, self.fine)
        if self.chance(0.6):
            batches, every = self.r.randint(1, 4), self.pick(1, self.fine)
            fleet["deliveries"] = {"start": months(start), "batches": batches, "every": months(every)}
            self.due = start, start + (batches - 1) * every
            return
        first = count // 2
        second = start + self.fine * self.pick(1, 2)
        self.due = start, second
        rest = {"date": self.when(second), "count": count - first}
        if self.chance(0.3):
            rest["unit_price"] = usd(30_000.0)
        fleet["deliveries"] = [{"date": self.when(start), "count": first}, rest]

    def milestones(self) -> list[Plain]:
        deposit = self.pick(0.1, 0.2, 0.3)
        last = self.pick("delivery", "installation", "acceptance")
        first = self.pick("close", "order", "delivery")
        return [
            {"share": pct(deposit), "at": first},
            {"share": pct(1 - deposit), "at": last, "lag": self.pick("0m", "1m", "30d")},
        ]

    def resale(self, fleet: Plain) -> None:
        if self.chance(0.75):
            ages = [months(k * self.span / 4) for k in range(5)]
            value, values = 1.0, []
            for _ in ages:
                values.append(pct(value))
                value *= self.between(0.4, 0.95)
            fleet["resale"] = {"market": {"ages": ages, "values": values}}
            if self.chance(0.3):
                fleet["resale"]["harsh"] = {"ages": ages[:2], "values": ["90%", "20%"]}
            if self.chance(0.3):
                date = self.when(self.r.randint(1, 3) * self.span // 4)
                fleet["generations"] = [{"date": date, "drop": pct(self.between(0.05, 0.4))}]
        if self.chance(0.7):
            sale: Plain = {"at": self.pick("lease_end", "lease_end", months(round(self.span * 0.6)))}
            if self.chance(0.2):
                sale["at"] = self.date(round(self.span * 0.9))
            if fleet.get("resale") and self.chance(0.5):
                sale["curve"] = "market"
            else:
                sale["share"] = pct(self.between(0, 0.3))
            if self.chance(0.3):
                sale |= {"lag": self.pick("1m", "3m"), "cost": pct(self.between(0, 0.1))}
            fleet["sale"] = sale

    def site(self, vehicle: str, fleet_id: str, fleet: Plain) -> None:
        """A data centre for a fleet: the sponsor's own, or the vehicle's."""
        name = f"site_{len(self.assets)}"
        need = fleet["count"] * float(fleet["power"].split()[0]) / 1000.0
        owner = self.pick("sponsor1", "sponsor1", vehicle)
        steps, part, month = [], self.between(0.3, 1.2), 0.0
        for _ in range(self.r.randint(1, 3)):
            steps.append({"date": self.date(month), "power": f"{max(need * 1.2 * part, 0.01):.3f} MW"})
            part, month = part + self.between(0.05, 0.6), month + self.r.randint(1, 4) * self.step
        site: Plain = {"type": "data_centre", "owner": owner, "fleet": fleet_id, "power": steps, "pue": 1.2}
        if self.chance(0.5):
            site["electricity"] = f"{self.between(30, 130):.1f} USD/MWh"
            site["supplier"] = "grid"
        if self.chance(0.5):
            site |= {"cost": f"{self.between(20, 150):.0f} USD/kW-month", "operator": "runner"}
        if self.chance(0.2):
            site["share"] = pct(self.between(0.5, 1.0))
        if self.chance(0.2):
            site["delay"] = months(self.fine)
        if self.chance(0.4):
            site["overflow"] = {"start": self.when(self.r.randint(0, 3) * self.step), "cost": "150 USD/kW-month"}
            if self.chance(0.5):
                site["overflow"]["operator"] = "runner"
        if owner == vehicle and self.avoids("a vehicle that pays itself for its site"):
            for part in (site, site.get("overflow")):
                if part is not None:
                    part["operator"] = "runner"
        self.assets[name] = site

    def lease(self, vehicle: str, fleet_id: str, cost: float, count: int) -> float:
        """A lease of a fleet; the yearly rent in USD."""
        yearly = self.between(0.12, 0.6) * 12.0 / min(self.span / 1.5, 60) * 4 * 0.5
        yearly = min(max(yearly, 0.1), 1.5) * cost
        rent = {
            "hour": f"{yearly / count / 8766:.3f} USD/GPU-h",
            "gpu_month": f"{yearly / count / 12:.1f} USD/GPU-month",
            "month": f"{yearly / 12:.0f} USD/month",
            "cost": f"{yearly / cost * 100:.2f}%/y of cost",
        }[self.pick("hour", "hour", "gpu_month", "month", "cost")]
        term = max(self.step, round(self.span * self.between(0.5, 0.85) / self.step) * self.step)
        lease: Plain = {
            "type": "lease",
            "lessor": vehicle,
            "lessee": "sponsor1",
            "asset": fleet_id,
            "term": months(term),
            "rent": rent,
            "due": self.pick("in_advance", "in_arrears"),
            "every": months(self.step * self.pick(1, 1, 2)),
        }
        if self.chance(0.5):
            lease["expiry"] = self.pick("per_batch", "common")
        if self.chance(0.3):
            lease["escalator"] = pct(self.between(-0.02, 0.05))
        if self.chance(0.2):
            lease["index"] = {"curve": "CPI", "floor": "90%", "cap": "115%"}
        if self.chance(0.2):
            lease["holiday"] = months(self.fine)
        if self.chance(0.6):
            lease["start"] = self.pick("delivery", "acceptance", "powered")
        if self.chance(0.2):
            lease["long_stop"] = self.pick(months(self.step * 2), self.date(self.step * 3))
        if self.chance(0.35):
            lease["net"] = "gross"
        if self.chance(0.3):
            lease["hell_or_high_water"] = False
        if self.chance(0.25):
            lease["deposit"] = self.pick({"months": months(self.pick(1, 3))}, {"amount": usd(yearly / 10)})
        if self.chance(0.2):
            lease["residual_value_guarantee"] = {"share": pct(self.between(0.05, 0.3))}
        if self.chance(0.1):
            lease["payment_lag"] = self.pick("1m", "30d")
        if self.chance(0.2):
            lease["renewal"] = [{"term": "12m"}]
            lease["purchase_option"] = {"price": "market"}
        self.contracts[f"rent_{fleet_id}"] = lease
        return yearly

    def plant(self, vehicle: str) -> tuple[float, float, list[str]]:
        """A power plant with a contract or two; cost and yearly income in USD."""
        kind = self.pick(*TYPES)
        name, mw = f"{kind}_{len(self.assets)}", float(self.r.randint(10, 500))
        price = {"solar": 1300, "wind": 1500, "storage": 1200, "nuclear": 6000, "gas": 1000, "fusion": 5000}[kind]
        plant: Plain = {"type": kind, "owner": vehicle, "power": f"{mw} MW", "vendor": "maker", "operator": "runner"}
        share = self.pick(1.0, 1.0, 1.0, 0.25)
        cost = mw * 1000 * price * share
        if share < 1:
            plant["share"] = pct(share)
        build = self.step * self.pick(0, 1, 2, 3)
        if kind == "fusion":
            at = [self.when(k * self.step) for k in range(3)]
            self.paid[name] = 0, 2 * self.step
            plant["payments"] = [{"date": day, "amount": usd(cost / 3)} for day in at]
            plant["operation"] = self.pick("never", self.date(4 * self.step))
        else:
            plant["cost"] = f"{price} USD/kW"
            begin = self.pick(0, self.fine)
            plant["construction"] = {"start": months(begin), "time": months(build)}
            self.paid[name] = begin, begin + build
            if self.chance(0.2):
                plant["construction"]["delay"] = months(self.step)
                self.paid[name] = begin + self.step, begin + build + self.step
                plant["construction"]["delayed_spend"] = self.pick("stretch", "keep", "shift")
            if self.chance(0.3):
                plant["construction"]["profile"] = "level"
        plant["life"] = months(round(self.span * self.between(0.6, 1.3)))
        factor = {"solar": 0.25, "wind": 0.38, "nuclear": 0.92, "gas": 0.5, "fusion": 0.8, "storage": 0.0}[kind]
        hours = 8766 * factor
        if kind == "storage":
            plant |= {"hours": 4, "efficiency": "86%"}
        elif self.chance(0.3):
            plant["capacity_factor"] = [pct(min(factor * self.between(0.6, 1.1), 1.0)) for _ in range(12)]
        elif self.chance(0.2):
            plant["energy"] = f"{mw * hours:.0f} MWh/y"
        else:
            plant["capacity_factor"] = pct(factor)
        if kind in ("gas", "nuclear") and (kind == "gas" or self.chance(0.5)):
            plant["fuel"] = {"price": "8 USD/MWh", "heat_rate": "210%", "supplier": "grid"}
            if self.chance(0.4):
                plant["fuel"]["escalator"] = "2%"
        if kind != "storage" and self.chance(0.6):
            plant["yield_cases"] = {"p90": pct(0.9), "p99": pct(self.between(0.7, 0.88))}
        for field, low, high in (("availability", 0.9, 1.0), ("outage", 0.0, 0.1), ("degradation", 0.0, 0.01)):
            if self.chance(0.3):
                plant[field] = pct(self.between(low, high))
        if self.chance(0.15):
            plant["outages"] = [{"start": self.when(6 * self.step), "time": "1m"}]
        plant["fixed_cost"] = f"{price * self.between(0.005, 0.02):.1f} USD/kW-y"
        if self.chance(0.3):
            plant["variable_cost"] = "2.5 USD/MWh"
        if self.chance(0.3):
            plant["inflation"] = pct(self.between(0, 0.04))
        if self.chance(0.2):
            plant["decommissioning"] = f"{price * 0.03:.0f} USD/kW"
        if self.chance(0.2):
            plant["book_life"] = months(round(self.span * 0.7))
        self.assets[name] = plant
        if self.chance(0.2):
            purchase = {"type": "purchase", "vendor": "maker", "buyer": vehicle, "asset": name}
            self.contracts[f"buy_{name}"] = purchase
        yearly = self.between(0.5, 2.2) * cost * 12.0 / self.span
        self.offtake(vehicle, name, kind, yearly, share * mw, hours)
        return cost, yearly, [name]

    def offtake(self, vehicle: str, name: str, kind: str, yearly: float, mw: float, hours: float) -> None:
        """Sell what a plant makes: a PPA, a toll, tax credits."""
        base = {"seller": vehicle, "buyer": "grid", "asset": name}
        term = months(round(self.span * self.between(0.5, 1.0)))
        if kind == "storage" or self.chance(0.12):
            rate = f"{yearly / 12 / mw / 1000:.3f} USD/kW-month"
            toll = {"type": self.pick("tolling", "capacity"), **base, "price": rate, "term": term}
            self.contracts[f"toll_{name}"] = toll
        if kind != "storage":
            ppa: Plain = {"type": "ppa", **base, "price": f"{yearly / mw / hours:.2f} USD/MWh", "term": term}
            if self.chance(0.3):
                ppa["escalator"] = pct(self.between(0, 0.03))
            if self.chance(0.4):
                ppa["merchant"] = {"price": f"{yearly / mw / hours * 0.7:.2f} USD/MWh"}
            if self.chance(0.2):
                ppa["share"] = pct(self.between(0.5, 1.0))
            if self.chance(0.2):
                ppa["every"] = months(self.step)
            if self.chance(0.1):
                ppa["start"] = self.when(3 * self.step)
            self.contracts[f"ppa_{name}"] = ppa
            if kind in ("solar", "wind", "nuclear") and self.chance(0.3):
                credit = {"type": "tax_credit", **base, "production": "25 USD/MWh", "price": "93%", "term": term}
                self.contracts[f"ptc_{name}"] = credit
        if kind in ("solar", "storage") and self.chance(0.3):
            credit = {"type": "tax_credit", **base, "investment": "30%", "price": "92%"}
            if self.chance(0.5):
                credit["lag"] = months(self.fine)
            self.contracts[f"itc_{name}"] = credit

    # -- money -----------------------------------------------------------------------------------------------

    def own_assets(self, vehicle: str, business: str) -> list[str]:
        """Assets of a business that cost something, sites left out."""
        if business:
            listed = self.terms_of(vehicle, business)["assets"]
            mine = [x for x in listed if x in self.assets]
        else:
            mine = [x for x, a in self.assets.items() if a["owner"] == vehicle]
        return [x for x in mine if self.assets[x]["type"] != "data_centre"]

    def add_finance(self, vehicle: str, business: str) -> None:
        """Give a business its loans, letters of credit and equity."""
        key, terms = self.key(vehicle, business), self.terms_of(vehicle, business)
        own = self.own_assets(vehicle, business)
        self.loans[key], self.letters[key] = [], []
        terms["funding"] = self.pick("deliveries", "deliveries", "pro_rata", "equity_first", "debt_first")
        if key == self.plug and self.avoids("plug of uses unless funding is by deliveries"):
            terms["funding"] = "deliveries"
        count = self.pick(0, 1, 1, 2, 2, 3, 3, 4) if own else 0
        rank = 1
        for _ in range(count):
            self.loan(vehicle, business, own, rank)
            rank += 1 if self.chance(0.85) else 0
        if count and self.chance(0.5):
            self.loan_swap(vehicle, key)
        self.equity(vehicle, business)

    def loan(self, vehicle: str, business: str, own: list[str], rank: int) -> None:
        key = self.key(vehicle, business)
        x, whole = f"loan_{sum(map(len, self.loans.values())) + 1}", self.cost[key]
        financed = [self.pick(*own)] if self.chance(0.25) else []
        available = self.available(financed or own)
        every = self.step * self.pick(1, 1, 1, 2) if self.step < 12 else 12
        conversion = self.pick(available, max(self.step, available - self.step), available + self.step)
        every = min(every, self.span - conversion) if conversion < self.span else every
        room = int((self.span - conversion) // every)
        count = max(1, round(min(room, 40) * self.between(0.4, 1.0)))
        loan: Plain = {
            "type": "loan",
            "lender": self.pick("bank", "bank", "fund"),
            "borrower": vehicle,
            "rank": rank,
            "availability": self.when(available),
            "pricing": self.pick(pct(self.between(0.03, 0.11)), f"SOFR + {self.between(0.5, 4):.2f}%"),
            "day_count": self.pick("ACT/360", "ACT/365F", "ACT/ACT", "30/360"),
            "idc": self.pick("funded", "funded", "capitalised", "paid"),
        }
        pro_rata = self.terms_of(vehicle, business)["funding"] == "pro_rata"
        if pro_rata and self.avoids("capitalised interest under pro rata"):
            loan["idc"] = self.pick("funded", "paid")
        if business:
            loan["business"] = business
        if conversion != available:
            loan["conversion"] = self.when(conversion)
        loan["size"] = {"min": self.limits(own, financed, whole, rank, conversion)}
        if key == self.plug and self.avoids("plug of uses unless funding is by deliveries"):
            least = [limit for limit in loan["size"]["min"] if "gearing" not in limit or "of" in limit]
            loan["size"]["min"] = least or [{"amount": usd(whole * 0.3)}]
        loan["repayment"] = self.repayment(count, every, conversion, loan, own)
        self.pricing(loan)
        for field, low, high in (("upfront_fee", 0.002, 0.02), ("original_issue_discount", 0.001, 0.02)):
            if self.chance(0.35):
                loan[field] = pct(self.between(low, high))
        if self.chance(0.4):
            loan["commitment_fee"] = self.pick("50bp", "100bp")
        if self.chance(0.3):
            loan["agency_fee"] = usd(whole * 2e-4)
        if self.chance(0.15):
            loan["pik"] = pct(self.between(0.1, 1.0))
            if self.chance(0.5):
                loan["pik_until"] = self.when(conversion + 2 * every)
        self.contracts[x] = loan
        self.loans[key].append(x)
        self.reserve(vehicle, business, x, loan, whole, every)
        self.covenants(loan, own, every)
        if self.chance(0.25):
            loan["cfads"] = {"basis": self.pick("earned", "received")}
            earners = [k for k, c in self.contracts.items() if c["type"] in ("ppa", "tax_credit", "lease")]
            mine = [k for k in earners if self.contracts[k]["asset"] in own]
            if mine and self.chance(0.4):
                loan["cfads"][self.pick("only", "without")] = [self.pick(*mine)]
        if self.chance(0.3):
            loan["security"] = list(own)
        self.waiting(x, loan, own, conversion)

    def waiting(self, x: str, loan: Plain, own: list[str], conversion: int) -> None:
        """Let payments wait for late assets; drawn apart from all else, which stays as it was without."""
        apart = random.Random(f"waiting {self.seed} {x}")
        if apart.random() < 0.2:
            loan["waits_for"] = [apart.choice(own)]
            loan["long_stop"] = f"{conversion + self.step * apart.randint(1, 4)}m"

    def available(self, ids: list[str]) -> int:
        """Last month of drawing: after the first payment for what is financed, mostly after the last."""
        first = min(self.paid[x][0] for x in ids)
        last = max(self.paid[x][1] for x in ids)
        least = last if self.chance(0.75) else first
        after = self.step * (int(least // self.step) + 1 + self.pick(0, 0, 1))
        return int(min(after, self.span - 3 * self.step))

    def pricing(self, loan: Plain) -> None:
        if "SOFR" in loan["pricing"] and self.chance(0.5):
            loan["floor"] = pct(self.between(0, 0.04))
        if self.chance(0.25):
            steps = sorted(self.r.sample(range(2, 8), 2))
            loan["margin_steps"] = [
                {"start": self.when(k * self.step), "margin": pct(self.between(0.01, 0.08))} for k in steps
            ]

    def limits(self, own: list[str], financed: list[str], whole: float, rank: int, conversion: float) -> list[Plain]:
        """One to four limits on the amount, of which any may bind."""
        fleets = [x for x in own if "market" in self.assets[x].get("resale", {})]
        kinds = ["amount", "amount", "gearing", "gearing_of", "dscr", "dscr", "llcr"] + ["ltv", "ltv"] * bool(fleets)
        out: list[Plain] = []
        part = 0.75 if rank == 1 else 0.25
        for kind in self.r.sample(kinds, self.r.randint(1, 4)):
            if kind == "amount":
                out.append({"amount": usd(whole * part * self.between(0.3, 1.1))})
            elif kind == "gearing":
                out.append({"gearing": pct(min(part * self.between(0.5, 1.1), 0.95))})
            elif kind == "gearing_of":
                of = financed or [self.pick(*own)]
                out.append({"gearing": pct(min(part * self.between(0.5, 1.2), 1.0)), "of": of})
            elif kind in ("dscr", "llcr"):
                out.append({kind: round(self.between(1.0, 2.0), 3)})
                cases = [c for x in own for c in self.assets[x].get("yield_cases", {})]
                if self.avoids("a case named by two loans"):
                    cases = [c for c in cases if c not in self.named]
                if cases and self.chance(0.6):
                    out[-1]["case"] = self.pick(*cases)
                    self.named.add(out[-1]["case"])
                elif self.chance(0.1):
                    out[-1]["case"] = "base"
            else:
                at = {"at": months(conversion + self.step)} if self.chance(0.4) else {}
                limit = {"ltv": round(part * self.between(0.3, 1.1), 3), "curve": "market"}
                out.append({**limit, "of": [x for x in financed if x in fleets] or [self.pick(*fleets)], **at})
        return out

    def repayment(self, count: int, every: float, conversion: float, loan: Plain, own: list[str]) -> Plain:
        profile = self.pick("level", "level", "linear", "bullet", "sculpted", "sculpted", "custom")
        term: Plain = {"profile": profile, "every": months(every), "count": count}
        if self.chance(0.15):
            term["first"] = self.when(conversion + every)
        if profile in ("level", "linear", "sculpted") and self.chance(0.3):
            term["balloon"] = pct(self.between(0.05, 0.5))
        if profile == "custom":
            weights = [self.between(0.2, 1.0) for _ in range(count)]
            shares = [int(w / sum(weights) * 1e4) / 1e4 for w in weights]
            shares[-1] = round(1 - sum(shares[:-1]), 4)
            term["shares"] = [f"{s * 100:.2f}%" for s in shares]
        if profile in ("level", "linear") and self.chance(0.35):
            term["contracted_cash"] = round(self.between(1.0, 1.5), 2)
        if profile in ("level", "linear") and self.chance(0.25):
            term["depreciated_cost"] = months(round(self.span * self.between(0.5, 1.0)))
            if self.chance(0.5):
                term["advance"] = round(self.between(0.5, 1.0), 2)
        return term

    def reserve(self, vehicle: str, business: str, x: str, loan: Plain, whole: float, every: float) -> None:
        if self.chance(0.45):
            return
        funding = self.pick("at_close", "from_cash", "letter_of_credit")
        loan["reserve"] = {"months": months(every * self.pick(1, 1, 2)), "funding": funding}
        if funding == "letter_of_credit":
            letter = f"lc_{x}"
            loan["reserve"]["letter_of_credit"] = letter
            self.contracts[letter] = {
                "type": "letter_of_credit",
                "issuer": "bank",
                "applicant": vehicle,
                **({"business": business} if business else {}),
                "amount": usd(whole * self.between(0.005, 0.08)),
                "fee": pct(self.between(0.005, 0.03)),
            }
            self.letters[self.key(vehicle, business)].append(letter)

    def covenants(self, loan: Plain, own: list[str], every: float) -> None:
        if self.chance(0.35):
            return
        covenants: Plain = {"lock_up": round(self.between(1.0, 1.5), 2)}
        if self.chance(0.5):
            covenants |= {"minimum": round(self.between(1.0, 1.3), 2), "default": 1.02}
        if self.chance(0.4) and every <= 12:
            covenants["test"] = months(every * self.pick(1, 2, 4))
        if self.chance(0.15):
            covenants["first_test"] = self.when(5 * self.step)
        named = [x for limit in loan["size"]["min"] for x in limit.get("of", [])]
        fleets = [x for x in named or own if "market" in self.assets[x].get("resale", {})]
        if fleets and self.chance(0.4):
            covenants["ltv"] = {"max": round(self.between(0.4, 1.2), 2), "curve": "market", "of": fleets}
        loan["covenants"] = covenants

    def loan_swap(self, vehicle: str, key: str) -> None:
        floating = [x for x in self.loans[key] if "SOFR" in self.contracts[x]["pricing"]]
        if floating:
            x = self.pick(*floating)
            self.contracts[f"swap_{x}"] = {
                "type": "swap",
                "counterparty": "bank",
                "vehicle": vehicle,
                "hedges": x,
                "fixed": pct(self.between(0.01, 0.06)),
                "share": self.pick("100%", "75%", "50%"),
            }

    def equity(self, vehicle: str, business: str) -> None:
        """The plug, and sometimes fixed commitments and preferred returns beside it."""
        key = self.key(vehicle, business).replace(".", "_")
        inside = {"businesses": [business]} if business else {}
        kind = "tracking" if business else self.pick("shares", "note")
        plug: Plain = {"type": "equity", "holder": "holder", "vehicle": vehicle, **inside, "kind": kind}
        self.contracts[f"eq_{key}"] = plug
        if self.chance(0.4):
            fixed: Plain = {"type": "equity", "holder": "partner", "vehicle": vehicle, **inside}
            fixed["commitment"] = usd((self.cost[self.key(vehicle, business)] or 1e7) * self.between(0.02, 0.3))
            self.contracts[f"co_{key}"] = fixed
            if self.chance(0.4):
                share = round(self.between(0.1, 0.9), 2)
                fixed["share"], plug["share"] = pct(share), pct(1 - share)
        if self.chance(0.1):
            self.contracts[f"third_{key}"] = {"type": "equity", "holder": "partner", "vehicle": vehicle, **inside}
            for other in (plug, self.contracts.get(f"co_{key}", {})):
                other.pop("share", None)
        for x in (f"eq_{key}", f"co_{key}"):
            if x in self.contracts and self.chance(0.25):
                self.contracts[x]["preferred"] = pct(self.between(0.02, 0.12))

    def add_holdings(self, vehicles: list[str]) -> None:
        """Chain the vehicles: the first owns a part of the second, the first or the second a part of the third."""
        for k, below in enumerate(vehicles[1:], 1):
            owner = self.pick(*vehicles[:k])
            businesses = list(self.parties[owner].get("businesses", {}))
            stake: Plain = {"type": "equity", "holder": owner, "vehicle": below}
            if businesses:
                stake["holder_business"] = self.pick(*businesses)
            if self.chance(0.6):
                stake["commitment"] = usd((self.cost[below] or 1e7) * self.between(0.05, 0.4))
            elif self.chance(0.5):
                del self.contracts[f"eq_{below}"]  # the owner is the only plug
                self.contracts.pop(f"third_{below}", None)
            others = [c for c in self.contracts.values() if c["type"] == "equity" and c["vehicle"] == below]
            for other in others:
                other.pop("share", None)
            self.contracts[f"stake_{below}"] = stake
            if "commitment" in stake and self.chance(0.5):
                stake["backed_by"] = f"calls_{below}"
                self.contracts[f"calls_{below}"] = {
                    "type": "letter_of_credit",
                    "issuer": "bank",
                    "applicant": "sponsor1",
                    "amount": stake["commitment"],
                    "fee": "2%",
                    "stands_for": "equity",
                }

    # -- the waterfall ---------------------------------------------------------------------------------------

    def add_waterfall(self, vehicle: str, business: str) -> None:
        """In two of three businesses, an explicit order of payments."""
        if self.chance(0.35):
            return
        key, terms = self.key(vehicle, business), self.terms_of(vehicle, business)
        ranked = sorted(self.loans[key], key=lambda x: self.contracts[x]["rank"])
        steps: list[Plain] = [{"pay": "costs"}]
        if self.parties[vehicle].get("tax", {}).get("status") == "taxed":
            steps.append({"pay": "tax"})
        locked = [x for x in ranked if "lock_up" in self.contracts[x].get("covenants", {})]
        for x in ranked:
            steps += self.loan_steps(x, locked)
        steps += [{"pay": f"{letter}.reimbursement"} for letter in self.letters[key]]
        if ranked and self.chance(0.3):
            steps.append({"sweep": self.pick(*ranked), "share": pct(self.between(0.2, 1.0))})
            if self.chance(0.3):
                steps[-1]["when"] = {"after": self.when(self.step * 3)}
        steps += self.distributions(vehicle, business, ranked, locked)
        terms["waterfall"] = steps

    def loan_steps(self, x: str, locked: list[str]) -> list[Plain]:
        loan = self.contracts[x]
        reserve = loan.get("reserve", {})
        pot = reserve.get("letter_of_credit") or (f"{x}.dsra" if reserve else None)
        support = {"support": [pot]} if pot and self.chance(0.85) else {}
        steps = [{"pay": f"{x}.interest", **support}, {"pay": f"{x}.repayment", **support}]
        if "agency_fee" in loan:
            steps.insert(self.pick(0, 2), {"pay": f"{x}.fees"})
        if reserve and reserve["funding"] != "letter_of_credit":
            steps.append({"fund": f"{x}.dsra"})
        if x in locked and self.chance(0.3):
            steps.append({"sweep": x, "share": "100%", "when": {"breached": [x]}})
        return steps

    def distributions(self, vehicle: str, business: str, ranked: list[str], locked: list[str]) -> list[Plain]:
        def shares(contract: Plain) -> bool:
            own = contract["type"] == "equity" and contract["vehicle"] == vehicle
            return own and (not business or not contract.get("businesses") or business in contract["businesses"])

        holders = [x for x, c in self.contracts.items() if shares(c)]
        steps: list[Plain] = [{"distribute": holders}]
        if len(holders) > 1 and self.chance(0.3):
            first = [holders[-1]]
            steps = [{"distribute": first, "share": pct(self.between(0.1, 0.6))}, {"distribute": holders}]
        for step in steps:
            if locked and self.chance(0.7):
                step["when"] = {"passed": locked}
            if ranked and self.chance(0.4):
                step["keep"] = ranked[: self.r.randint(1, len(ranked))]
            if self.chance(0.1):
                step.setdefault("when", {})["after"] = self.when(self.step * 4)
        return steps


def _plus(day: dt.date, count: int) -> dt.date:
    month = day.month - 1 + count
    return dt.date(day.year + month // 12, month % 12 + 1, 1)
