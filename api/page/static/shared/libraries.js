/* Libraries that are not modules: each is loaded when it is first used. */

const VENDOR = new URL("../vendor/", import.meta.url);
const LIBRARIES = {
  uPlot: "uplot-1.6.32/uPlot.iife.min.js",
  Papa: "papaparse-5.7.1/papaparse.min.js",
  writeXlsxFile: "write-excel-file-4.1.1/write-excel-file.min.js",
};
const loading = new Map();

/** The object that a library defines. */
export function library(name) {
  if (!loading.has(name)) loading.set(name, load(name));
  return loading.get(name);
}

function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(LIBRARIES[name], VENDOR);
    script.onload = () => resolve(globalThis[name]);
    script.onerror = () => {
      loading.delete(name);
      reject(new Error(`${name} could not be loaded`));
    };
    document.head.append(script);
  });
}
