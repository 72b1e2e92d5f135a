#!/bin/sh
# Draws architecture.dot in light and in dark colours; needs Graphviz (`apt-get install graphviz`).
set -eu
cd "$(dirname "$0")"
draw() { # name, ink, line, fill
    sed -e "s/\"INK\"/\"$2\"/g" -e "s/\"LINE\"/\"$3\"/g" -e "s/\"FILL\"/\"$4\"/g" architecture.dot | dot -Tsvg > "$1"
}
draw architecture-light.svg "#1f2328" "#59636e" "#f6f8fa"
draw architecture-dark.svg "#f0f6fc" "#9198a1" "#151b23"
