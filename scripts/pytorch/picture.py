# SPDX-License-Identifier: Apache-2.0
"""Loss curves as a PNG, drawn by gnuplot."""
import os
import pathlib
import subprocess
import tempfile

SCRIPT = """
set terminal pngcairo noenhanced size 760,480 font ',10'
set output '{output}'
set multiplot
set size 1,0.68
set origin 0,0.32
set lmargin 9
set rmargin 3
set grid
set title "{title}"
set ylabel 'loss'
set bmargin 1
set format x ''
plot {curves}
unset title
set size 1,0.32
set origin 0,0
set tmargin 1
set bmargin 3
set format x
set xlabel 'step'
set ylabel 'apart, %'
set xzeroaxis
unset key
plot '{data}' using 1:(100*($2-$3)/$3) with lines lc rgb '#555555'
"""
COLOURS = ("#c0392b", "#2c6fbb")


def draw_losses(path, title, curves):
    """Two curves by name, and below them how far the first is from the second. Whole or not at all;
    raises RuntimeError when gnuplot fails."""
    path = pathlib.Path(path)
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as folder:
        data, picture = pathlib.Path(folder) / "losses", pathlib.Path(folder) / "picture.png"
        data.write_text("".join(f"{i + 1} {' '.join(map(repr, row))}\n"
                                for i, row in enumerate(zip(*curves.values()))))
        plots = ", ".join(f"'{data}' using 1:{2 + i} with lines lw {2 - i * 0.5} "
                          f"lc rgb '{COLOURS[i]}' title '{name}'" for i, name in enumerate(curves))
        script = SCRIPT.format(output=picture, title=title, curves=plots, data=data)
        done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=False)
        if done.returncode or not picture.exists():
            raise RuntimeError(f"gnuplot drew no picture: {done.stderr.strip()}")
        os.replace(picture, path)
