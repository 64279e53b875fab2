/* Starts the page: reads the index, follows the address. */

const KNOWN_FORMAT = 1;

function showPage() {
  stage?.close();
  const route = currentRoute();
  window.scrollTo(0, 0);
  if (route.page === "episode") showEpisode(route.key, route.parameters);
  else showOverview(route.parameters);
}

function start() {
  index = JSON.parse(byId("index").textContent);
  if (index.format > KNOWN_FORMAT) {
    refill(byId("main"), problemCard("Newer data", "The data in this page is of a newer form than its program."));
    return;
  }
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the part of the address after # is the router's
    byId("main").focus();
  });
  drawTop();
  addEventListener("hashchange", showPage);
  addEventListener("keydown", onKey);
  showPage();
}

start();
