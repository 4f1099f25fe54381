"""Faults of order records, each breaking exactly what it says."""

from __future__ import annotations

from typing import cast

from gridata_contracts.model import JsonValue
from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.faults import Breach, Fault, broken, unreadable
from gridata_control.samples.json_faults import LineFault, Record, encode, json_faults, line_fault, setting

FAR_FUTURE = "2099-01-01T00:00:00Z"
BEFORE_THE_SHOP = "2022-06-01T08:00:00Z"

_INVALID, _WRONG, _RANGE = ReasonCode.INVALID_VALUE, ReasonCode.WRONG_TYPE, ReasonCode.OUT_OF_RANGE


def order_faults() -> tuple[LineFault, ...]:
    """Every fault of orders: of the JSON, of single values, of the record as a whole."""
    return (*json_faults("notes", "tax"), *_values(), *_nested_values(), *_rules(), *_sums(), *_times(), _duplicate())


def _values() -> tuple[LineFault, ...]:
    return (
        setting("number_for_text", unreadable(_WRONG, "currency"), "currency", 978),
        setting("object_for_text", unreadable(_WRONG, "notes"), "notes", {"text": "call me"}),
        setting("object_for_array", unreadable(_WRONG, "items"), "items", {"0": {}}),
        setting("array_for_object", unreadable(_WRONG, "shipping"), "shipping", ["standard"]),
        setting("third_decimal", unreadable(_INVALID, "tax"), "tax", 12.345),
        setting("decimal_comma", unreadable(_INVALID, "tax"), "tax", "12,50"),
        setting("money_too_large", unreadable(_RANGE, "tax"), "tax", 1234567890123.5),
        setting("february_30", unreadable(_INVALID, "order_ts"), "order_ts", "2023-02-30T10:00:00Z"),
        setting("no_zone", unreadable(_INVALID, "updated_at"), "updated_at", "2023-03-26T02:30:00"),
        setting("date_for_instant", unreadable(_INVALID, "order_ts"), "order_ts", "2023-03-26"),
        setting("epoch_for_instant", unreadable(_WRONG, "order_ts"), "order_ts", 1679797800),
        setting("nul_character", unreadable(_INVALID, "notes"), "notes", "left\0right"),
    )


def _nested_values() -> tuple[LineFault, ...]:
    return (
        _on_item("text_for_number", unreadable(_WRONG, "items[*].quantity"), "quantity", "two"),
        _on_item("fraction_for_whole_number", unreadable(_INVALID, "items[*].quantity"), "quantity", 1.5),
        _on_item("quantity_over_32_bits", unreadable(_RANGE, "items[*].quantity"), "quantity", 3_000_000_000),
        _on_item("text_for_boolean", unreadable(_WRONG, "items[*].returned"), "returned", "yes"),
    )


def _rules() -> tuple[LineFault, ...]:
    return (
        line_fault("customer_absent", broken("customer_id", "is_not_null"), lambda record: record.pop("customer_id")),
        setting("currency_null", broken("currency", "is_not_null"), "currency", None),
        setting("unknown_status", broken("status", "is_in_set"), "status", "teleported"),
        setting("unknown_channel", broken("channel", "is_in_set"), "channel", "Web"),
        line_fault("foreign_order_id", broken("order_id", "has_pattern"), _rename_order),
        setting("lower_case_customer_id", broken("customer_id", "has_pattern"), "customer_id", "c000001"),
        _on_item("blank_item_name", broken("items[*].name", "is_not_blank"), "name", " \t "),
        _on_item("unknown_product_form", broken("items[*].product_id", "has_pattern"), "product_id", "P1"),
        line_fault("line_number_twice", broken("items", "has_unique_items"), _repeat_line_number, _has_two_items),
        setting("lower_case_coupon", broken("coupon_code", "has_pattern"), "coupon_code", "welcome10"),
        setting("note_too_long", broken("notes", "has_length"), "notes", "please " * 300),
        line_fault(
            "payment_of_nothing",
            broken("payments[*].amount", "is_greater_than"),
            lambda record: _payments(record)[0].update(amount=0),
            lambda record: bool(record["payments"]),
        ),
        Fault(
            "no_address",
            tuple(broken(f"shipping.address.{field}", "is_not_null_where") for field in ("street", "city", "country")),
            lambda record: encode({**record, "shipping": {**_shipping(record), "address": None}}),
            lambda record: _shipping(record)["method"] != "pickup",
        ),
        Fault(
            "status_and_channel",
            (broken("status", "is_in_set"), broken("channel", "is_in_set")),
            lambda record: encode({**record, "status": "", "channel": "fax"}),
        ),
    )


def _sums() -> tuple[LineFault, ...]:
    return (
        line_fault(
            "total_off_by_a_cent", broken("total", "is_sum_of_columns"), lambda record: _add(record, "total", 1)
        ),
        Fault(
            "subtotal_does_not_follow_items",
            (broken("subtotal", "is_sum_of_items"), broken("total", "is_sum_of_columns")),
            lambda record: encode(_add(record, "subtotal", 1000)),
        ),
        line_fault("no_items", broken("items", "has_items"), _remove_items),
        line_fault("negative_quantity", broken("items[*].quantity", "is_between"), _send_one_back, _can_send_back),
    )


def _times() -> tuple[LineFault, ...]:
    return (
        setting("updated_in_the_future", broken("updated_at", "is_not_after_as_of"), "updated_at", FAR_FUTURE),
        setting("updated_before_placed", broken("updated_at", "is_at_least_column"), "updated_at", BEFORE_THE_SHOP),
        line_fault(
            "delivered_before_shipped",
            broken("shipping.delivered_at", "is_at_least_column"),
            lambda record: _shipping(record).update(delivered_at=record["order_ts"]),
            lambda record: _shipping(record)["delivered_at"] is not None,
        ),
        line_fault(
            "shipped_without_instant",
            broken("shipping.shipped_at", "is_not_null_where"),
            lambda record: _shipping(record).update(shipped_at=None),
            lambda record: record["status"] in ("shipped", "delivered", "returned"),
        ),
        line_fault(
            "paid_before_placed",
            broken("payments[*].paid_at", "is_at_least_column"),
            lambda record: _payments(record)[-1].update(paid_at=BEFORE_THE_SHOP),
            lambda record: bool(record["payments"]),
        ),
    )


def _duplicate() -> LineFault:
    """The same order again, right after itself."""
    return Fault("same_order_twice", (broken("order_id", "is_unique"),), encode, keeps_original=True)


def _on_item(name: str, breach: Breach, field: str, value: JsonValue) -> LineFault:
    return line_fault(name, breach, lambda record: _items(record)[-1].update({field: value}))


def _items(record: Record) -> list[Record]:
    return cast(list[Record], record["items"])


def _payments(record: Record) -> list[Record]:
    return cast(list[Record], record["payments"])


def _shipping(record: Record) -> Record:
    return cast(Record, record["shipping"])


def _rename_order(record: Record) -> None:
    record["order_id"] = str(record["order_id"]).replace("O", "X")  # still unique, so no duplicate key besides


def _has_two_items(record: Record) -> bool:
    return len(_items(record)) >= 2


def _repeat_line_number(record: Record) -> None:
    _items(record)[-1]["line_number"] = _items(record)[0]["line_number"]


def _cents(value: JsonValue) -> int:
    return round(float(cast(str | float, value)) * 100)


def _add(record: Record, field: str, cents: int) -> Record:
    """Change an amount, in the form the record writes money."""
    changed = _cents(record[field]) + cents
    as_text = isinstance(record[field], str)
    record[field] = f"{changed / 100:.2f}" if as_text else changed / 100
    return record


def _remove_items(record: Record) -> None:
    """No items, with sums that agree with that."""
    record["items"] = []
    subtotal, discount = _cents(record["subtotal"]), _cents(record["discount_total"])
    _add(record, "subtotal", -subtotal)
    _add(record, "discount_total", -discount)
    _add(record, "total", discount - subtotal)


def _returned_cents(record: Record) -> int:
    """What the sums lose when the last item's quantity becomes -1."""
    item = _items(record)[-1]
    return (int(cast(int, item["quantity"])) + 1) * _cents(item["unit_price"])


def _can_send_back(record: Record) -> bool:
    return _returned_cents(record) < _cents(record["subtotal"]) - _cents(record["discount_total"])


def _send_one_back(record: Record) -> None:
    """A negative quantity, with sums that agree with it."""
    lost = _returned_cents(record)
    _items(record)[-1]["quantity"] = -1
    _add(record, "subtotal", -lost)
    _add(record, "total", -lost)
