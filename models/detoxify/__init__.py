"""Detoxify (`unitaryai/detoxify`, 'multilingual'): a second opinion beside the Dutch model, for schools that want it.

Its way is `fetching` (weights from their makers), `exporting` (to ONNX, in `agreement` with the package itself),
`combining` (a rule, fitted where both models judged, for what the two say together), and from then on `exported` alone.
"""
