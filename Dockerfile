# One image for every role: `serve`, `work` and the one-shot `migrate`.
FROM node:22-bookworm-slim AS assets
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libmagic1 tesseract-ocr-fra tesseract-ocr-osd \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --uid 10001 vaguemestre
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY --from=assets /app/node_modules ./node_modules
COPY pyproject.toml requirements.in ./
COPY socle ./socle
COPY records ./records
COPY classifiers ./classifiers
COPY intake ./intake
COPY letters ./letters
COPY bordereaux ./bordereaux
COPY web ./web
COPY docs/guide ./docs/guide
RUN mkdir /donnees && chown vaguemestre /donnees && chmod 0700 /donnees
USER vaguemestre
ENV VAGUEMESTRE_DONNEES=/donnees VAGUEMESTRE_HOTE=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
VOLUME /donnees
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/sante', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "web"]
CMD ["serve", "--sans-travailleur"]
