"""Commands for what leaves a hospital, or comes into one: releases, libraries of generators, images of others."""
