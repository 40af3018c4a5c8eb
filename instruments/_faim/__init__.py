"""FAIM, the Fast Airglow Imager: what its instruments have in common.

An infrared camera on a pointing unit that photographs the mesopause, some 85 km up.
"""
