// A Plotly figure whose drawing outlives the page: a figure that changes is mended in place, one that comes back is
// put back. Streamlit's own chart is made anew in both cases, and drawn twice each time.

const KEPT = 12; // drawings; a browser has some 16 WebGL contexts
const FULL_SCREEN = {
  name: "Full screen",
  icon: { width: 24, height: 24, path: "M3 9V3H9V5H5V9ZM15 3H21V9H19V5H15ZM21 15V21H15V19H19V15ZM9 21H3V15H5V19H9Z" },
  click: (element) => (document.fullscreenElement ? document.exitFullscreen() : element.requestFullscreen()),
};
const drawings = new Map(); // by name, the one last shown at the end
let loading;

function load(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`${url} could not be loaded`));
    document.head.append(script);
  });
  return loading;
}

function theme(element) {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(`--st-${name}`);
  const font = { family: of("font"), size: 12, color: of("text-color") };
  const faint = of("border-color-light");
  const axis = { gridcolor: faint, zerolinecolor: faint, tickcolor: faint, automargin: true };
  return {
    layout: {
      font,
      colorway: of("chart-categorical-colors").split(","),
      paper_bgcolor: of("background-color"),
      plot_bgcolor: of("background-color"),
      xaxis: { ...axis, showgrid: false, zeroline: false, title: { standoff: 20 } },
      yaxis: { ...axis, title: { standoff: 24 } },
      margin: { pad: 8, l: 0, r: 0 },
      hoverlabel: { bgcolor: of("background-color"), bordercolor: of("border-color"), font },
    },
    data: { scatter: [{ marker: { line: { width: 0 } } }] },
  };
}

// Of a gesture: what its points carry as customdata, and the corners of loops and boxes.
function pickedBy(event) {
  const corners = (path) => [...path.matchAll(/(-?[\d.e+-]+),(-?[\d.e+-]+)/g)].map(([, x, y]) => [+x, +y]);
  const loop = (path) => ({ x: corners(path).map(([x]) => x), y: corners(path).map(([, y]) => y) });
  const areas = event?.selections ?? [];
  return {
    points: (event?.points ?? []).map((point) => point.customdata),
    loops: areas.filter((each) => each.type === "path").map((each) => loop(each.path)),
    boxes: areas.filter((each) => each.type === "rect").map(({ x0, x1, y0, y1 }) => ({ x: [x0, x1], y: [y0, y1] })),
  };
}

function listen(drawing) {
  const tell = (event) => {
    if (!drawing.isStill) return;
    drawing.shown = null; // what Plotly itself shows of the gesture goes with the next drawing
    drawing.tell?.(pickedBy(event));
  };
  const selects = () => drawing.element.layout.clickmode?.includes("select");
  drawing.element.on("plotly_click", (event) => selects() || tell(event));
  drawing.element.on("plotly_selected", (event) => event && tell(event));
  drawing.element.on("plotly_deselect", () => tell());
}

async function draw(Plotly, drawing, host, { figure, config }) {
  const { element } = drawing;
  const isFull = document.fullscreenElement === element;
  const { clientWidth: width, clientHeight: height } = isFull ? element : host;
  const colour = getComputedStyle(host).getPropertyValue("--st-text-color");
  const shown = [figure, JSON.stringify(config), width, isFull && height, colour].join();
  if (!width || shown === drawing.shown) return;
  drawing.shown = shown;
  drawing.number = (drawing.number ?? 0) + 1;
  const { data, layout } = JSON.parse(figure);
  const size = isFull ? { width, height } : { width };
  Object.assign(layout, size, { autosize: false, template: theme(host), selectionrevision: drawing.number });
  drawing.isStill = false;
  await Plotly.react(element, data, layout, { ...config, modeBarButtonsToAdd: [FULL_SCREEN] });
  drawing.isStill = true;
  if (drawing.number === 1) listen(drawing);
}

function drawingOf(Plotly, name) {
  const drawing = drawings.get(name) ?? { element: document.createElement("div") };
  drawings.delete(name);
  drawings.set(name, drawing);
  for (const [each, { element }] of drawings) {
    if (drawings.size > KEPT && !element.isConnected && each !== name) {
      Plotly.purge(element);
      drawings.delete(each);
    }
  }
  return drawing;
}

export default async function ({ data, parentElement, setTriggerValue }) {
  const Plotly = await load(data.plotly);
  const drawing = drawingOf(Plotly, data.name);
  drawing.tell = data.picks ? (picked) => setTriggerValue("picked", picked) : null;
  drawing.element.setAttribute("role", "figure");
  drawing.element.setAttribute("aria-label", data.alt);
  if (drawing.element.parentNode !== parentElement) parentElement.append(drawing.element);
  const redraw = () => draw(Plotly, drawing, parentElement, data);
  await redraw();
  const watcher = new ResizeObserver(redraw);
  watcher.observe(parentElement);
  watcher.observe(drawing.element);
  return () => watcher.disconnect();
}
