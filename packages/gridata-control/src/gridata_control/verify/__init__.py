"""The reconciliation proof: landing, ledger and tables tell the same story, counted by three independent hands."""

from gridata_control.verify.proof import Proof, prove
from gridata_control.verify.violations import Kind, Violation

__all__ = ["Kind", "Proof", "Violation", "prove"]
