// The colours of pictures: of suspicion, of voices and labels, of the theme.

// As in the pictures that the package draws.
export const LABELS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

export const GREY = "#8a93a3"; // of what is neither, or not judged

// From blue, not suspicious, by yellow to red: clear to people who tell red from green badly.
const STOPS = [[0, [58, 110, 165]], [0.35, [222, 184, 75]], [1, [196, 30, 20]]];

export function suspicion(p) {
  if (p === undefined) return GREY;
  const upper = STOPS.findIndex(([at]) => at >= p);
  if (upper <= 0) return `rgb(${STOPS[0][1]})`;
  const [[from, low], [to, high]] = [STOPS[upper - 1], STOPS[upper]];
  const share = (p - from) / (to - from);
  return `rgb(${low.map((value, i) => Math.round(value + share * (high[i] - value)))})`;
}

export const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
