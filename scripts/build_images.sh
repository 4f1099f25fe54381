#!/usr/bin/env bash
# Builds Gridata's images from this commit: control, spark-jobs, airflow, worker, minio; all of them, or those that are
# named. worker is made of spark-jobs and airflow of the same prefix and tag, which must be there or be named before it.
#   scripts/build_images.sh [NAME...]
# Settings (environment):
#   BUILDER     docker, podman or buildah; default: the first of them that is installed
#   BASE_IMAGE  a Debian 12; GO_IMAGE: with Go, for minio. Default: the Dockerfiles' own
#   PREFIX      put before the names, such as mirror.example/team; TAG: default the commit's first 12 digits
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all=(control spark-jobs airflow worker minio)
[[ $# -gt 0 ]] || set -- "${all[@]}"
builder=${BUILDER:-$(for each in docker podman buildah; do command -v "$each" && break; done || true)}
if [[ -z $builder ]]; then
  echo "build_images: got no docker, podman or buildah, allowed one of them. Install one, or name it in BUILDER." >&2
  exit 2
fi
commit=$(git rev-parse HEAD)
[[ -z $(git status --porcelain) ]] || commit=$commit-changed
contracts=$(git ls-files -z data/contracts data/pipelines | xargs -0 sha256sum | sha256sum | cut -c1-16)
# Files of a layer get the commit's time, so that the same commit makes the same layers of our own files.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

for name in "$@"; do
  case $name in
    control) file=packages/gridata-control/Dockerfile context=. ;;
    spark-jobs) file=spark-jobs/Dockerfile context=. ;;
    airflow) file=airflow/Dockerfile context=. ;;
    worker) file=helm/images/worker/Dockerfile context=helm/images/worker ;;
    minio) file=helm/images/minio/Dockerfile context=. ;;
    *)
      echo "build_images: got '$name', allowed ${all[*]}." >&2
      exit 2
      ;;
  esac
  ours=${PREFIX:+$PREFIX/}gridata tag=${TAG:-${commit:0:12}}
  arguments=(--file "$file" --tag "$ours/$name:$tag" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH")
  for argument in BASE_IMAGE GO_IMAGE; do
    [[ -z ${!argument:-} ]] || arguments+=(--build-arg "$argument=${!argument}")
  done
  if [[ $name == worker ]]; then
    arguments+=(--build-arg "JOBS_IMAGE=$ours/spark-jobs:$tag" --build-arg "AIRFLOW_IMAGE=$ours/airflow:$tag")
  else
    arguments+=(--build-arg "GIT_COMMIT=$commit" --build-arg "CONTRACTS_HASH=$contracts")
  fi
  if [[ $builder == *buildah ]]; then
    "$builder" bud --layers --timestamp "$SOURCE_DATE_EPOCH" "${arguments[@]}" "$context"
  else
    "$builder" build "${arguments[@]}" "$context"
  fi
done
