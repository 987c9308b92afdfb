"""The rules of quality: values and pure functions, time passed in."""
