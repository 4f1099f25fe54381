"""What every transform does with its target table: declare it, know its inputs, merge into it, say its lineage."""
