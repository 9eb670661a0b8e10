// The worker's script where the page is one file: it is in it. From a disk browsers start no worker that is a module.

export function startWorker(): Worker {
  const script = new Blob([document.getElementById("lua-worker")!.textContent!], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(script), { name: "lua" });
}

export const scriptUrl = (): never => {
  throw new Error("there is no such address in a page of one file");
};
