import { Compose } from "./compose.js";
import { Judge } from "./judge.js";
import { speak } from "./words.js";

const part = (id) => document.getElementById(id);

function trouble(text) {
  part("trouble").hidden = !text;
  part("trouble").textContent = text;
}

const judge = new Judge(trouble);
const compose = new Compose(trouble);
const draw = () => {
  judge.draw();
  compose.draw();
};

const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab) {
  for (const other of tabs) {
    const isChosen = other === tab;
    other.setAttribute("aria-selected", String(isChosen));
    other.tabIndex = isChosen ? 0 : -1;
    part(other.getAttribute("aria-controls")).hidden = !isChosen;
  }
  trouble("");
  draw();
}
tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const next = tabs.at((i + (event.key === "ArrowRight" ? 1 : -1)) % tabs.length);
    choose(next);
    next.focus();
  });
});

const theme = part("theme");
theme.value = localStorage.getItem("theme") ?? "auto";
const dress = () => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("theme", theme.value);
  draw();
};
theme.addEventListener("change", dress);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

speak(part("language"), draw);
dress();
