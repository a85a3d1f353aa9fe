"""What an ASGI server serves: `uvicorn shop.asgi:application`; at its end the clients send what they counted."""

import os

from django.core.asgi import get_asgi_application

from tactful.asgi import TactfulMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = TactfulMiddleware(get_asgi_application())
