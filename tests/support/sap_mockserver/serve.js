// Serves one OData service by its metadata: node serve.js MODULES METADATA ADDRESS FOLDER; prints the port that it got.
const http = require("http");
const [modules, metadataPath, urlPath, mockdataPath] = process.argv.slice(2);
const loaded = require(`${modules}/@sap-ux/fe-mockserver-core`);
const Server = loaded.default || loaded;

const server = new Server({
  services: [{ urlPath, metadataPath, mockdataPath, generateMockData: false, strictKeyMode: true }],
  annotations: [],
  plugins: [],
});
server.isReady.then(() => {
  const answer = server.getRouter();
  const listening = http.createServer((request, response) =>
    answer(request, response, (fault) => {
      response.statusCode = fault ? 500 : 404;
      response.end(fault ? String(fault) : "");
    }),
  );
  listening.listen(0, "127.0.0.1", () => console.log(`PORT ${listening.address().port}`));
});
