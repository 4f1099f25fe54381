"""The SQL both engines are given: dialects side by side, contract paths and literals. Text only; no engine is here."""
