"""Guards: what a supplier shows, sends or lacks that must stop a practice's rows.

The gate answers for a practice; a guard weighs one delivery of it. A guard declares nothing about
a supplier: ``supplier_side`` and ``guards`` of its ``defs.yaml`` do.
"""
