"""The catalogue of goods: categories, brands, prices and how well each product sells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from faker import Faker

from gridata_control.samples.columns import Ints
from gridata_control.samples.plan import EXPORT_UTC, Plan

FIRST_LAUNCH = date(2018, 1, 15)
_STYLES = ("Classic", "Urban", "Nordic", "Vintage", "Compact", "Premium", "Light", "Alpine", "Coastal", "Modern")


@dataclass(frozen=True)
class Category:
    """A group of products with similar prices.

    Attributes:
        median_eur: price half of the products stay below.
        margin: usual part of the price that is not cost.
    """

    name: str
    nouns: tuple[str, ...]
    median_eur: float
    margin: float
    weight_kg: float


CATEGORIES = (
    Category("shoes", ("Sneaker", "Boot", "Sandal", "Loafer"), 79.0, 0.48, 0.9),
    Category("clothing", ("Shirt", "Jacket", "Dress", "Jeans", "Sweater"), 45.0, 0.55, 0.5),
    Category("electronics", ("Headphones", "Speaker", "Keyboard", "Camera", "Charger"), 119.0, 0.22, 0.8),
    Category("home", ("Lamp", "Blanket", "Mug", "Vase", "Chair"), 34.0, 0.45, 2.1),
    Category("garden", ("Planter", "Shears", "Hose", "Lantern"), 29.0, 0.40, 2.8),
    Category("sports", ("Yoga Mat", "Dumbbell", "Racket", "Helmet"), 52.0, 0.38, 1.9),
    Category("beauty", ("Cream", "Perfume", "Soap", "Brush"), 24.0, 0.60, 0.2),
    Category("books", ("Novel", "Atlas", "Cookbook", "Guide"), 18.0, 0.30, 0.4),
)


@dataclass(frozen=True)
class Product:
    """One product as the shop sells it; money in cents of EUR."""

    product_id: str
    sku: str
    name: str
    category: str
    brand: str
    price_cents: int
    cost_cents: int
    weight_kg: float
    active: bool
    launched_on: date
    updated_at: datetime


@dataclass(frozen=True)
class Shelf:
    """All products, ordered by category.

    Attributes:
        starts: position of each category's first product, and after the last one the number of products.
        price_cents: by position, as in `products`.
        cost_cents: by position.
    """

    products: tuple[Product, ...]
    starts: Ints
    price_cents: Ints
    cost_cents: Ints

    def pick(self, category: Ints, rng: np.random.Generator) -> Ints:
        """Positions of products of the given categories; few sell a lot, most sell little."""
        first, last = self.starts[category], self.starts[category + 1]
        return (first + (last - first) * rng.random(category.shape) ** 2.4).astype(np.int64)


def build_shelf(plan: Plan) -> Shelf:
    """As many products as planned, spread evenly over the categories."""
    rng = plan.randomness("products")
    fake = Faker("en_US")
    fake.seed_instance(plan.seed)
    brands = tuple(fake.last_name() for _ in range(40))
    n = plan.sizes.products
    kinds = np.sort(np.arange(n) % len(CATEGORIES))
    price_cents = _prices(kinds, rng)
    margins = np.array([category.margin for category in CATEGORIES])[kinds] + rng.normal(0, 0.06, n)
    cost_cents = np.maximum(1, (price_cents * (1 - margins.clip(0.05, 0.9))).astype(np.int64))
    lifetime_days = (EXPORT_UTC.date() - FIRST_LAUNCH).days
    ages = (rng.random((n, 2)) * np.array([lifetime_days, 1])).tolist()
    words = rng.integers(0, (len(_STYLES), 10_000, len(brands)), (n, 3)).tolist()
    products = []
    for position in range(n):
        category = CATEGORIES[kinds[position]]
        style, noun, brand = words[position]
        launched = FIRST_LAUNCH + timedelta(days=int(ages[position][0]))
        noon = datetime(launched.year, launched.month, launched.day, 12, tzinfo=UTC)
        products.append(
            Product(
                product_id=f"P{position + 1:05d}",
                sku=f"{category.name[:3].upper()}-{position + 1:05d}",
                name=f"{brands[brand]} {_STYLES[style]} {category.nouns[noun % len(category.nouns)]}",
                category=category.name,
                brand=brands[brand],
                price_cents=int(price_cents[position]),
                cost_cents=int(cost_cents[position]),
                weight_kg=round(category.weight_kg * (0.5 + ages[position][1]), 3),
                active=ages[position][1] < 0.93,
                launched_on=launched,
                updated_at=min(noon + timedelta(days=int(90 * ages[position][1])), EXPORT_UTC),
            )
        )
    starts = np.searchsorted(kinds, np.arange(len(CATEGORIES) + 1))
    return Shelf(tuple(products), starts, price_cents, cost_cents)


def _prices(kinds: Ints, rng: np.random.Generator) -> Ints:
    """Log-normal around the category's median, ending in 9 cents as shops like it."""
    medians = np.array([category.median_eur for category in CATEGORIES])[kinds]
    return np.maximum(199, (medians * np.exp(rng.normal(0, 0.55, kinds.size)) * 10).astype(np.int64) * 10 + 9)
