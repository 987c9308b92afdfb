"""What decides who hears of runs and resources."""

from services.kernel.projection import Projection
from services.streams.events import ToldProduct, ToldResource, ToldRun

products = Projection("product", ToldProduct)
runs = Projection("run", ToldRun)
resources = Projection("resource", ToldResource)
