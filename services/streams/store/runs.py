"""What decides who hears of runs."""

from services.kernel.projection import Projection
from services.streams.events import ToldProduct, ToldRun

products = Projection("product", ToldProduct)
runs = Projection("run", ToldRun)
