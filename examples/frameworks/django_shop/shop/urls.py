"""The shop's addresses."""

from django.urls import path
from shop import views

urlpatterns = [
    path("in/<user>", views.sign_in),
    path("pay", views.pay),
    path("pay/async", views.pay_async),
]
