"""Chromatograms in Allotrope's simple model (2023/09): what radio signals say of samples."""

from adapters.lims_generic.chromatogram.injections import reports

__all__ = ["reports"]
