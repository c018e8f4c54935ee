// Whether a server keeps the answers. `reader-study serve` gives `true` in place of this file.
window.SERVED = false;
