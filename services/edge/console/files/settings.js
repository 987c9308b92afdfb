// What this installation says of itself, read once.

async function read(name) {
  const answer = await fetch(`/console/${name}.json`);
  if (!answer.ok) throw new Error(`${name} cannot be read.`);
  return answer.json();
}

const asked = new Map();

function once(name) {
  if (!asked.has(name)) {
    asked.set(name, read(name).catch((wrong) => {
      asked.delete(name); // The next one tries again.
      throw wrong;
    }));
  }
  return asked.get(name);
}

// Which page this is: the console, or the portal.
export const APP = document.documentElement.dataset.app;
export const HOME = APP === "portal" ? "/portal" : "/";

export const settings = () => once(APP);
export const halfLives = () => once("half-lives");
export const remedies = () => once("remedies");
