# One image for every service of docker-compose.yml; the service's command says which part runs.
FROM node:24-bookworm-slim
WORKDIR /hub
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-fund --no-audit
COPY . .
USER node
ENV NODE_OPTIONS="--disable-warning=ExperimentalWarning --max-semi-space-size=64"
