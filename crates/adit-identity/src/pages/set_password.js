const said = document.getElementById("said");
document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { token: location.hash.slice(1), password: document.getElementById("password").value };
  const reply = await fetch("api/password/set", { method: "POST", body: JSON.stringify(body) });
  const answer = await reply.json();
  said.textContent = reply.ok ? "The password is set. You can sign in now." : answer.message;
  if (reply.ok) history.replaceState(null, "", location.pathname);
});
