"""The project's settings: of Tactful there are an app, a middleware and TACTFUL."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "only for this example")
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"

INSTALLED_APPS = ["django.contrib.sessions", "tactful.django"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tactful.django.TactfulMiddleware",
]
TACTFUL = {
    "url": os.environ["TACTFUL_URL"],
    "key": os.environ["TACTFUL_KEY"],
    "person": "shop.views.person",  # without it: the signed-in user of django.contrib.auth
}

SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # a shop without a database
