# SPDX-License-Identifier: Apache-2.0
"""Loss curves as a PNG, drawn by gnuplot."""
import os
import pathlib
import subprocess
import tempfile

import numpy as np

SCRIPT = """
set terminal pngcairo noenhanced size 760,520 font ',10'
set output '{output}'
set multiplot
set size 1,0.62
set origin 0,0.38
set lmargin 9
set rmargin 3
set grid
set title "{title}"
set ylabel 'loss'
set bmargin 1
set format x ''
plot {curves}
unset title
set size 1,0.38
set origin 0,0
set tmargin 2
set bmargin 3
set format x
set xlabel 'step'
set ylabel 'apart, %'
set xzeroaxis
set key outside top center horizontal samplen 2
plot {apart}
"""
COLOURS = ("#c0392b", "#2c6fbb")
PALE = ("#e8b4ae", "#aecbe8")
WINDOWS = 25  # of means, in the whole run


def means(losses, window):
    """Of the last `window` steps each, fewer at the beginning."""
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    end = np.arange(1, len(losses) + 1)
    begin = np.maximum(end - window, 0)
    return (sums[end] - sums[begin]) / (end - begin)


def draw_losses(path, title, curves, others=()):
    """Two curves by name, with means over some steps, and below them how far the first one's mean is
    from the second's, in a band of `others`, more runs of the second. Whole or not at all; raises
    RuntimeError when gnuplot fails."""
    path = pathlib.Path(path)
    steps = len(next(iter(curves.values())))
    window = max(1, steps // WINDOWS)
    smooth = [means(losses, window) for losses in curves.values()]
    band = [means(losses, window) for losses in others] + [smooth[1]]
    columns = [np.arange(1, steps + 1), *curves.values(), *smooth,
               *(100 * (each / smooth[1] - 1)
                 for each in (smooth[0], np.min(band, 0), np.max(band, 0)))]
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as folder:
        data, picture = pathlib.Path(folder) / "losses", pathlib.Path(folder) / "picture.png"
        np.savetxt(data, np.transpose(columns))
        plots = [f"'{data}' using 1:{2 + i} with lines lc rgb '{PALE[i]}' notitle"
                 for i in range(2)]
        plots += [f"'{data}' using 1:{4 + i} with lines lw {2 - i * 0.5} lc rgb '{COLOURS[i]}' "
                  f"title '{name}'" for i, name in enumerate(curves)]
        apart = [f"'{data}' using 1:6 with lines lw 1.5 lc rgb '{COLOURS[0]}' "
                 f"title 'GradCore, means of {window} steps'"]
        if others:
            apart.insert(0, f"'{data}' using 1:7:8 with filledcurves lc rgb '{PALE[1]}' "
                         f"title '{len(band)} runs of PyTorch, a millionth apart'")
        script = SCRIPT.format(output=picture, title=title, curves=", ".join(plots),
                               apart=", ".join(apart))
        done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=False)
        if done.returncode or not picture.exists():
            raise RuntimeError(f"gnuplot drew no picture: {done.stderr.strip()}")
        os.replace(picture, path)
