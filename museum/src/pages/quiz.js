// One question at a time, in any order, and a score. Without this all of them stand below each other.
(() => {
  const quiz = document.getElementById("quiz");
  const score = document.getElementById("score");
  const all = [...quiz.querySelectorAll(".question")];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  let at = 0, right = 0, asked = 0;
  const tell = () => {
    score.hidden = asked === 0;
    score.textContent = `${right} of ${asked} tools guessed right`;
  };
  const show = () => all.forEach((one, i) => { one.hidden = i !== at; });
  for (const one of all) {
    const answer = one.querySelector("details");
    const boxes = [...one.querySelectorAll("input")];
    const next = document.createElement("button");
    next.type = "button";
    next.textContent = "Next bug";
    next.addEventListener("click", () => {
      at = (at + 1) % all.length;
      show();
      window.scrollTo(0, quiz.offsetTop);
    });
    one.append(next);
    answer.addEventListener("toggle", () => {
      if (!answer.open || boxes[0]?.disabled) return;
      let hits = 0;
      for (const box of boxes) {
        const hit = box.checked === ("found" in box.dataset);
        hits += hit;
        box.disabled = true;
        box.parentElement.classList.add(hit ? "hit" : "miss");
      }
      right += hits;
      asked += boxes.length;
      const verdict = answer.querySelector(".verdict");
      verdict.hidden = false;
      verdict.textContent = `${hits} of ${boxes.length} right.`;
      tell();
    });
  }
  if (all.length) show();
})();
