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

export const settings = () => once("settings");
export const halfLives = () => once("half-lives");
export const remedies = () => once("remedies");
