// Starts GraphiQL on this server's API. A token behind "#token=" in the address goes into the header editor and out
// of the address bar; it is kept nowhere else.
"use strict";

(function () {
  const welcome = [
    "# Peer challenges between English councils.",
    "#",
    "# Paste a token into the Headers tab below (the demo prints one per role):",
    "#   { \"Authorization\": \"Bearer …\" }",
    "# Then press the play button. Documentation is behind the book icon; Ctrl-Space completes.",
    "",
    "query SisterCouncils {",
    "  councils(filter: { nameContains: \"hartlepool\" }) {",
    "    nodes { name type region { name } sisterCouncils { rank likeness council { name } } }",
    "  }",
    "}",
    "",
  ].join("\n");

  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const token = fragment.get("token");
  if (token) {
    window.history.replaceState(null, "", window.location.pathname);
  }
  // Without a token the editor stays empty: an empty Authorization header would be refused as a bad one.
  const headers = token ? JSON.stringify({ Authorization: "Bearer " + token }, null, 2) : undefined;

  const socket = window.location.origin.replace(/^http/, "ws") + "/graphql";

  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  root.render(
    React.createElement(GraphiQL, {
      // Subscriptions go over a WebSocket; the header editor's content is sent when it opens.
      fetcher: GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl: socket }),
      defaultQuery: welcome,
      headers: headers,
      defaultEditorToolsVisibility: "headers",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
})();
