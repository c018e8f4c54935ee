"""PNG, JPEG and TIFF files, and what other image files are called like them."""

import random
from pathlib import Path

import cv2
import numpy as np

from fuzzing import image_parts, raw_bytes, tiff_files
from fuzzing.target import Given, Target
from medgan_tf.data.images import read_grey, to_stored

_SIDE = 40
_PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
_COMPRESSIONS = {"none": 1, "lzw": 5, "deflate": 8, "packbits": 32773}


class Images(Target):
    """Variants are the ends of the files' names."""

    name = "images"
    suffix = ""

    def seeds(self, folder: Path) -> list[Given]:
        """Files of 8 and 16 bits, grey and colour, baseline and progressive, compressed in several ways."""
        ramp = np.add.outer(np.arange(_SIDE), np.arange(_SIDE))
        grey, deep = (ramp * 3).astype(np.uint8), (ramp * 700).astype(np.uint16)
        colour = np.stack([grey, grey[::-1], grey.T], axis=-1)
        pictures = {"grey": grey, "deep": deep, "colour": colour}
        found = [Given("png", _encoded(".png", picture)) for picture in pictures.values()]
        found += [Given("png", _encoded(".png", grey, (cv2.IMWRITE_PNG_BILEVEL, 1)))]
        for how in ((), _PROGRESSIVE, (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)):
            found += [Given("jpg", _encoded(".jpg", picture, how)) for picture in (grey, colour)]
        for compression in _COMPRESSIONS.values():
            how = (cv2.IMWRITE_TIFF_COMPRESSION, compression)
            found += [Given("tif", _encoded(".tif", picture, how)) for picture in pictures.values()]
        found += [Given("tif", tiff_files.written(grey, large, tile)) for large in (False, True) for tile in (None, 16)]
        found += [Given("tif", _encoded(".tif", ramp.astype(np.float32))), Given("png", _encoded(".bmp", grey))]
        # Formats that OpenCV knows and nobody asked for.
        others = (
            (".pgm", grey),
            (".jp2", grey),
            (".hdr", colour.astype(np.float32)),
            (".ras", grey),
            (".webp", colour),
        )
        return found + [
            Given("png", _encoded(end, picture)) for end, picture in others if cv2.haveImageWriter(f"x{end}")
        ]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the parts of a file, seldom to its bytes."""
        given = choice.choice(seeds)
        if choice.random() < 0.15:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        return Given(given.variant, image_parts.damaged(given.data, choice))

    def parses(self, given: Given) -> bool:
        """Whether the header says how large the image is."""
        return image_parts.has_header(given.data)

    def run(self, given: Given, folder: Path) -> str:
        """Reads it as the sources do, to the form in which it is stored."""
        path = folder / f"image.{given.variant}"
        path.write_bytes(given.data)
        image = read_grey(str(path))
        if image.dtype != np.uint8 or image.ndim != 2 or image.size == 0:
            raise AssertionError(f"an image of {image.dtype} {image.shape}")
        return str(to_stored(image, 32).shape)


def _encoded(end: str, picture: np.ndarray, how: tuple[int, ...] = ()) -> bytes:
    return cv2.imencode(end, picture, how)[1].tobytes()


TARGET = Images()
