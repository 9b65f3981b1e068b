"""Random futures of a deal: factors, paths, distributions of results, stresses."""
