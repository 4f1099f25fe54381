"""A realistic e-commerce year, seeded and repeatable byte for byte, with faults and the answer key to them."""
