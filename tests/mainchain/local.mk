# the embedded main chain
